"""What a page was made from: jobs, parameters, fingerprints, manifests, published results."""
