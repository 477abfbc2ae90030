"""Display arrays in, model tensors out: the only floor that uses MONAI transforms."""
