"""Reports about people and what they say, and what moderators decide: of accounts, posts and whole servers."""
