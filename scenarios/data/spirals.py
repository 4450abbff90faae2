"""Writes spirals.npz: 900 points of the plane on three arms of a spiral, labelled -1, 0 and 1. It needs NumPy alone."""

import numpy

random = numpy.random.default_rng(1)
labels = numpy.arange(900) % 3 - 1
radius = numpy.sqrt(random.uniform(0.02, 1, 900))
angle = 4 * radius + 2 * numpy.pi / 3 * labels + random.normal(0, 0.15, 900)
points = numpy.stack([radius * numpy.cos(angle), radius * numpy.sin(angle)], axis=1)
numpy.savez_compressed("spirals.npz", x=points.astype(numpy.float32), y=labels)
