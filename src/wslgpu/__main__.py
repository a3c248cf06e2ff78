"""`python -m wslgpu` is the same command as `wslgpu`."""

from wslgpu.cli.main import main

if __name__ == "__main__":
    main()
