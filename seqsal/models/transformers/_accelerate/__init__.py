"""Speed-ups that reach into other libraries, one a file, each with a switch."""
