"""What a result is, and how it is cut, scored, coloured, drawn and saved."""
