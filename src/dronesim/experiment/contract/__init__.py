"""The contract of dispatch policies, which `dronesim check-policy` and the project's own tests hold them to."""
