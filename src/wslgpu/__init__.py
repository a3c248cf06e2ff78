"""wslgpu: from a Windows PC with an NVIDIA card to GPU TensorFlow in WSL 2, proved by training through fork."""

__version__ = "0.1.0"
