"""Image and text encoders: the contract, radseek's dual encoder, checkpoints and runtimes."""
