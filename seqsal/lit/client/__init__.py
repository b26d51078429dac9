"""The folder that LIT serves its page from: its built client, our module, and local fonts."""
