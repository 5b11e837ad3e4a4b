"""What the simulators of providers that render video have in common."""
