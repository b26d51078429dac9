"""Results as pictures: for papers, and for what shows no scripts."""
