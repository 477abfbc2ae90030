"""Public encoders and towers: presets, their files, and the models they hold. Nothing here runs a checkpoint's code.

Importing this package is cheap: `preset` and `hub` know no torch, the other modules do.
"""
