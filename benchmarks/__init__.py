"""Figures that can be measured again; what they were is in RESULTS.md."""
