/** Manifests of zonecast on Kubernetes, and who may reach whom in them. */

export { readManifests, type Manifest, type Rendered } from './policy/manifests.ts'
export { type Matrix, readMatrix } from './policy/matrix.ts'
export { compare, type Comparison, connections } from './policy/compare.ts'
export { type NetworkPolicy, readPolicy } from './policy/network-policy.ts'
export { refusedSpecs } from './policy/refused-specs.ts'
export { buildImage } from './image/build.ts'
export { kubernetesPage } from './page.ts'
export { makeSecrets } from './secrets.ts'
export { allowMatrix, overlays, readDocuments, render } from './render.ts'
