"""How wide normal noise is, told from medians, which outliers do not move."""

SIGMA_OF_MAD = 1.4826  # standard deviation of normal noise over its median absolute deviation
# Median length of a vector of so many normal coordinates of standard deviation 1.
MEDIAN_NORM_OF_2 = 1.1774
MEDIAN_NORM_OF_4 = 1.832
