"""Three dimensions from several cameras: calibration, synchronisation, reconstruction."""
