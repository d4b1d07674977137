"""The artifact: one verified file."""

from samescale.bundle.inspect import Inspection as Inspection
from samescale.bundle.inspect import inspect as inspect
from samescale.bundle.read import LoadedBundle as LoadedBundle
from samescale.bundle.read import read as read
from samescale.bundle.verify import Check as Check
from samescale.bundle.verify import Verification as Verification
from samescale.bundle.verify import verify as verify
from samescale.bundle.write import Bundle as Bundle
