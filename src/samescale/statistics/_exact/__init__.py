"""Exact sums, and what stands on them: moments, weighted and by key, and covariance."""
