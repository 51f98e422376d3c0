"""The pages in Chromium, as people use them: stories, each page and state of which is checked for accessibility."""
