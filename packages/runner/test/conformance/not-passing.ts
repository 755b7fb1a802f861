/** Cases of ONNX's node tests that do not pass, for one reason. */
interface NotPassing {
  readonly reason: string;
  /** What their errors or differences say. */
  readonly message: string;
  readonly cases: readonly string[];
}

export const notPassing: readonly NotPassing[] = [
  {
    reason: 'Strings are no tensors of a network that is run here.',
    message: 'one of float32',
    cases: [
      'test_equal_string',
      'test_equal_string_broadcast',
      'test_regex_full_match_basic',
      'test_regex_full_match_email_domain',
      'test_regex_full_match_empty',
      'test_string_concat',
      'test_string_concat_broadcasting',
      'test_string_concat_empty_string',
      'test_string_concat_utf8',
      'test_string_concat_zero_dimensional',
      'test_string_split_basic',
      'test_string_split_consecutive_delimiters',
      'test_string_split_empty_string_delimiter',
      'test_string_split_empty_tensor',
      'test_string_split_maxsplit',
      'test_string_split_no_delimiter',
      'test_strnormalizer_export_monday_casesensintive_lower',
      'test_strnormalizer_export_monday_casesensintive_nochangecase',
      'test_strnormalizer_export_monday_casesensintive_upper',
      'test_strnormalizer_export_monday_empty_output',
      'test_strnormalizer_export_monday_insensintive_upper_twodim',
      'test_strnormalizer_nostopwords_nochangecase',
    ],
  },
  {
    reason: 'Counting of words (TfIdfVectorizer) is processing of text.',
    message: 'TfIdfVectorizer',
    cases: [
      'test_tfidfvectorizer_tf_batch_onlybigrams_skip0',
      'test_tfidfvectorizer_tf_batch_onlybigrams_skip5',
      'test_tfidfvectorizer_tf_batch_uniandbigrams_skip5',
      'test_tfidfvectorizer_tf_only_bigrams_skip0',
      'test_tfidfvectorizer_tf_onlybigrams_levelempty',
      'test_tfidfvectorizer_tf_onlybigrams_skip5',
      'test_tfidfvectorizer_tf_uniandbigrams_skip5',
    ],
  },
  {
    reason: 'Pictures are decoded before a network (ImageDecoder), by a package for the purpose.',
    message: 'ImageDecoder',
    cases: [
      'test_image_decoder_decode_bmp_rgb',
      'test_image_decoder_decode_jpeg2k_rgb',
      'test_image_decoder_decode_jpeg_bgr',
      'test_image_decoder_decode_jpeg_grayscale',
      'test_image_decoder_decode_jpeg_rgb',
      'test_image_decoder_decode_png_rgb',
      'test_image_decoder_decode_pnm_rgb',
      'test_image_decoder_decode_tiff_rgb',
      'test_image_decoder_decode_webp_rgb',
    ],
  },
  {
    reason: 'Steps of training (`ai.onnx.preview.training`).',
    message: 'the default domain',
    cases: [
      'test_adagrad',
      'test_adagrad_multiple',
      'test_adam',
      'test_adam_multiple',
      'test_momentum',
      'test_momentum_multiple',
      'test_nesterov_momentum',
    ],
  },
  {
    reason: 'Trees and tables of classical machine learning (`ai.onnx.ml`).',
    message: 'the default domain',
    cases: [
      'test_ai_onnx_ml_array_feature_extractor',
      'test_ai_onnx_ml_binarizer',
      'test_ai_onnx_ml_label_encoder_string_int',
      'test_ai_onnx_ml_label_encoder_string_int_no_default',
      'test_ai_onnx_ml_label_encoder_tensor_mapping',
      'test_ai_onnx_ml_label_encoder_tensor_value_only_mapping',
      'test_ai_onnx_ml_tree_ensemble_set_membership',
      'test_ai_onnx_ml_tree_ensemble_single_tree',
    ],
  },
  {
    reason: 'Dropout in training.',
    message: 'training mode off',
    cases: [
      'test_training_dropout',
      'test_training_dropout_default',
      'test_training_dropout_default_mask',
      'test_training_dropout_mask',
      'test_training_dropout_zero_ratio',
      'test_training_dropout_zero_ratio_mask',
    ],
  },
  {
    reason: 'Random numbers: those expected are the ones of another generator (Bernoulli).',
    message: 'to be undefined',
    cases: [
      'test_bernoulli',
      'test_bernoulli_double',
      'test_bernoulli_double_expanded',
      'test_bernoulli_expanded',
      'test_bernoulli_seed',
      'test_bernoulli_seed_expanded',
    ],
  },
  {
    reason:
      'What is expected in place of 0 is rounding of 32 bits, larger than the tolerance; here it is computed in 64.',
    message: 'to be undefined',
    cases: ['test_dft_inverse', 'test_dft_inverse_opset19'],
  },
];
