"""From receptor to mood, one file per link. Instruments (rounding, raters, cut-offs) belong to `measurement`."""
