"""The checks behind docs/validation.md: each holds the model against something, and says with what and how near."""
