"""The dispatch benchmark: policies on named scenarios and seeds, within limits, against a bound and a yardstick."""
