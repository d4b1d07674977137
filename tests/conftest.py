"""Scripts that tests run in a process of their own aren't tests: collecting would import them."""

collect_ignore_glob = ["keras_plain/make.py", "keras_plain/plain.py", "golden/make_bundles.py"]
