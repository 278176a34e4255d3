"""Things with plugs: cameras that give frames, sinks that take pictures, clips, recordings and snapshots."""
