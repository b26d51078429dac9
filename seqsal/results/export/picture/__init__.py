"""Results as SVG and PNG pictures."""
