"""From the bytes of a 3D file to measurements. Knows nothing of any cloud, and trusts no file.

A reader turns bytes into a `Surface`; welding, topology and measures know nothing of formats; `analysis` puts them
together. Every way of failing is a `ModelRefused` with a stable code.
"""
