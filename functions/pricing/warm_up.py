"""Compile the engine's kernels, so that nothing compiles while a file waits: `python -m pricing.warm_up`.

Set-up and the image run this; what is compiled already is only checked.
"""

from pricing.geometry import analysis

if __name__ == "__main__":
    print(f"engine {analysis.ENGINE_VERSION} is compiled")
