"""What the measurements in a booted machine are made of."""
