"""What speaks for a mistake in the pixels of images that arrived."""

from __future__ import annotations

from samescale.evidence.images.pictures import Pictures as Pictures
