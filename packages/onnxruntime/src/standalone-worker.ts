// The program of workers, beside the build for pages without a bundler.
import '@zeroskip/runner/worker';
