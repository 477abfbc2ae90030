"""DICOM and raster bytes in, safe headers and grey frames out, decoded in limited child processes."""
