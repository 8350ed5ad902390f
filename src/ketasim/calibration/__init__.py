"""Model-based meta-analysis: few parameters, many published trials. Reads no study marked `judge`; judges nothing."""
