"""The pages that people read, one small module a subject.

A handler reads in one session, turns rows into what a template prints (`cards`, `said`), and
renders. What stands in a template is thereby ready to print: no template asks the database, and
no template decides who may see what.
"""
