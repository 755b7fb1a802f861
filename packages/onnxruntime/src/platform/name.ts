/** Which of onnxruntime's packages this is, as `env.versions` names it. */
export const platform = 'node';
