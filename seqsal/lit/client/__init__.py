"""The client root that LIT serves its page from: LIT's build, our module, and local fonts."""
