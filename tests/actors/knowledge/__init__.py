"""Tests of knowledge products and outcomes."""
