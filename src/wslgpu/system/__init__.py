"""The only door to the outside: questions as values, hosts that answer them, and the processes that wslgpu starts."""
