"""models.yaml → what KubeRay runs: a RayService, and the network that it may talk over."""
