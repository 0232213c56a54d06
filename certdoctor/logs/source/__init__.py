"""The text of a log of any size: decoded, searched for places worth reading, read in a stream."""
