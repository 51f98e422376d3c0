"""Posts: contributions, polls, meetings, and the text of knowledge products and outcomes."""
