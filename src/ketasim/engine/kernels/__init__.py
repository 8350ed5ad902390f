"""Text that goes into every generated file: mathematics and the driver over lanes. Nothing about one model."""
