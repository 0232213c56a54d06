"""What other files are packed in: ZIP, tar, gzip, bzip2, xz, mail and Kubernetes manifests."""
