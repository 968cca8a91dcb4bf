"""How nano was trained; the package runs without it."""
