"""The words of mail: templates in the reader's language, with the name and the look of the organisation."""
