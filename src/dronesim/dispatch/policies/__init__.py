"""The built-in dispatch policies, a file each; `dronesim.dispatch.registry` names them."""
