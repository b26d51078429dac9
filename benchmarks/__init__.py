"""Speed and memory compared with other tools, on the same weights. See docs/performance.md."""
