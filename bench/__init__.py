"""The measured comparisons behind docs/performance.md."""
