"""Speed and memory against peers, on the same weights in the same run. See docs/performance.md."""
