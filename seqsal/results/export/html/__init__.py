"""Results as HTML: an interactive page, and static HTML without scripts."""
