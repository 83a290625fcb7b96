"""What happens to an uploaded 3D file: analysed in isolation, and its order priced."""
